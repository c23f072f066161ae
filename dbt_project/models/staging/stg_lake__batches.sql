with source as (
    select * from {{ source('lake', 'batches') }}
)

select * from source

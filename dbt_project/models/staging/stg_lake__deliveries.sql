with source as (
    select * from {{ source('lake', 'deliveries') }}
)

select * from source

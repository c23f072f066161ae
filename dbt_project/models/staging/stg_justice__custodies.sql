with source as (
    {{ corrected(source('lake', 'justice__custody')) }}
),

-- A stay is listed month after month, its end once it is known: the last list that names it counts.
latest as (
    select *
    from source
    qualify row_number() over (
        partition by person_key, custody_code, start_date
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        person_key,
        -- dates
        start_date,
        end_date,
        person_birth_date as birth_date,
        -- categories
        custody_code,
        person_sex_code as sex_code,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed

with source as (
    {{ corrected(source('lake', 'health__mental_registry')) }}
),

newest as (
    select *
    from source
    where _period_end = (select max(_period_end) from source)
),

latest as (
    select *
    from newest
    qualify row_number() over (partition by person_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        person_key,
        -- dates
        person_birth_date as birth_date,
        -- categories
        management_status_code,
        person_sex_code as sex_code,
        -- amounts
        services_count,
        -- flags
        is_in_rehab,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
